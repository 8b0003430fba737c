{{/* Of the release, and short enough for what Kubernetes puts behind it. */}}
{{- define "mcp-foundry.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What tells the pods of this release from all others; it can never be changed. */}}
{{- define "mcp-foundry.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mcp-foundry.labels" -}}
{{ include "mcp-foundry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- end -}}

{{- define "mcp-foundry.account" -}}
{{- .Values.serviceAccount.name | default (include "mcp-foundry.name" .) -}}
{{- end -}}

{{/* The parts of the public URL. */}}
{{- define "mcp-foundry.host" -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse .Values.publicUrl).host "" -}}
{{- end -}}
{{- define "mcp-foundry.path" -}}
{{- (urlParse .Values.publicUrl).path -}}
{{- end -}}
