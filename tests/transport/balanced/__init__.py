"""Two replicas behind real balancers; needs nginx and HAProxy, which the judges install."""
