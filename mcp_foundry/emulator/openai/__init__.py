"""What a deployment answers without any agent: chat completions, embeddings, models."""
