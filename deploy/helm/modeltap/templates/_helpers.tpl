{{- define "modeltap.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "modeltap.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: monitoring
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "modeltap.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (ternary (printf "%s-capture" .Chart.AppVersion) .Chart.AppVersion (eq .Values.mode "capture")) }}
{{- end -}}
{{- end -}}

{{/* Where the Service of the model leads: to the sidecar, unless that only watches. */}}
{{- define "modeltap.targetPort" -}}
{{- ternary (int .Values.upstream.port) (int .Values.ports.data) (eq .Values.mode "capture") -}}
{{- end -}}

{{- define "modeltap.configMapName" -}}
{{- if .Values.existingConfigMap -}}
{{ .Values.existingConfigMap }}
{{- else if .Values.config -}}
{{ include "modeltap.fullname" . }}-config
{{- end -}}
{{- end -}}

{{- define "modeltap.selector" -}}
{{- $terms := list -}}
{{- range $key, $value := .Values.podSelector -}}
{{- $terms = append $terms (printf "%s=%s" $key $value) -}}
{{- end -}}
{{- join "," $terms -}}
{{- end -}}
