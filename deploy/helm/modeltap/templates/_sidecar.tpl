{{/*
What a chart includes in its pods. Each takes the context of this chart, which Helm gives to a parent chart as
.Subcharts.modeltap:

  metadata:
    labels: {{- include "modeltap.podLabels" .Subcharts.modeltap | nindent 8 }}
  spec:
    {{- with include "modeltap.initContainers" .Subcharts.modeltap }}
    initContainers: {{- . | nindent 8 }}
    {{- end }}
    containers:
      - name: model …
      {{- include "modeltap.containers" .Subcharts.modeltap | nindent 8 }}
    {{- with include "modeltap.volumes" .Subcharts.modeltap }}
    volumes: {{- . | nindent 8 }}
    {{- end }}
*/}}

{{- define "modeltap.podLabels" -}}
{{- toYaml .Values.podSelector -}}
{{- end -}}

{{- define "modeltap.podAnnotations" -}}
{{- $annotations := dict -}}
{{/* The rest of the configuration is reloaded in place, so it restarts no pod. */}}
{{- $fixed := pick (.Values.config | default dict) "admin" "capture" "connections" "drain" "limits" "listeners" "state" "tls" "upstreamTls" -}}
{{- if and $fixed (not .Values.existingConfigMap) -}}
{{- $_ := set $annotations "checksum/modeltap-config" (toYaml $fixed | sha256sum) -}}
{{- end -}}
{{- if .Values.scrapeAnnotations -}}
{{- $_ := set $annotations "prometheus.io/scrape" "true" -}}
{{- $_ := set $annotations "prometheus.io/port" (toString (int .Values.ports.admin)) -}}
{{- $_ := set $annotations "prometheus.io/path" "/metrics" -}}
{{- end -}}
{{- if $annotations }}{{ toYaml $annotations }}{{ end -}}
{{- end -}}

{{- define "modeltap.containers" -}}
{{- if not .Values.native }}{{ include "modeltap.container" . }}{{ end -}}
{{- end -}}

{{- define "modeltap.initContainers" -}}
{{- if .Values.native }}{{ include "modeltap.container" . }}{{ end -}}
{{- end -}}

{{/* What other values tell the container would override these without a word. */}}
{{- define "modeltap.refuseOverridden" -}}
{{- $instead := dict "upstream" "upstream.port" "listen" "ports.data" "listeners" "listeners at the top level of the values" "admin.listen" "ports.admin" "capture.ports" "upstream.port and mode=capture" -}}
{{- if eq .Values.mode "capture" }}{{ $_ := unset (unset $instead "listen") "listeners" }}{{ end -}}
{{- if .Values.state.enabled }}{{ $_ := set $instead "state.directory" "state.enabled=false and volumes of your own" }}{{ end -}}
{{- if .Values.baseline.existingConfigMap }}{{ $_ := set $instead "baseline.file" "baseline.key" }}{{ end -}}
{{- range $key, $use := $instead -}}
{{- $value := $.Values.config | default dict -}}
{{- range splitList "." $key }}{{ $value = get ($value | default dict) . }}{{ end -}}
{{- if $value -}}
{{- fail (printf "modeltap: config.%s (%v) would have no effect, because the chart sets it: use %s" $key $value $use) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "modeltap.container" -}}
{{- include "modeltap.refuseOverridden" . -}}
{{- $drain := (.Values.config | default dict).drain | default dict -}}
{{- $admin := int .Values.ports.admin -}}
{{- $isCapture := eq .Values.mode "capture" -}}
{{- $ports := list (int .Values.upstream.port) (int .Values.ports.data) $admin -}}
{{- $captured := list (int .Values.upstream.port) -}}
{{- $all := $ports -}}
{{- range .Values.listeners -}}
{{- $captured = append $captured (int .upstream) -}}
{{- $all = concat $all (list (int .upstream) (int .data)) -}}
{{- end -}}
{{- if and (not $isCapture) .Values.listeners (lt (len (uniq $all)) (len $all)) -}}
{{- fail (printf "modeltap: upstream.port, ports.data, ports.admin and the ports of listeners have to differ: %s" (join ", " $all)) -}}
{{- end -}}
{{- if and $isCapture (eq (index $ports 0) $admin) -}}
{{- fail (printf "modeltap: upstream.port (%d) and ports.admin (%d) have to differ" (index $ports 0) $admin) -}}
{{- end -}}
{{- if and (not $isCapture) (lt (len (uniq $ports)) 3) -}}
{{- fail (printf "modeltap: upstream.port (%d), ports.data (%d) and ports.admin (%d) have to differ" (index $ports 0) (index $ports 1) $admin) -}}
{{- end -}}
- name: modeltap
  image: {{ include "modeltap.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if .Values.native }}
  restartPolicy: Always
  {{- end }}
  args:
    - run
    {{- if $isCapture }}
    - --capture={{ join "," $captured }}
    {{- else }}
    - --upstream=127.0.0.1:{{ int .Values.upstream.port }}
    - --listen=0.0.0.0:{{ int .Values.ports.data }}
    {{- range .Values.listeners }}
    - --listener=0.0.0.0:{{ int .data }}=127.0.0.1:{{ int .upstream }}
    {{- end }}
    {{- end }}
    - --admin=0.0.0.0:{{ $admin }}
    {{- if include "modeltap.configMapName" . }}
    - --config=/etc/modeltap/modeltap.yaml
    {{- end }}
    {{- if .Values.baseline.existingConfigMap }}
    - --baseline=/etc/modeltap-baseline/{{ .Values.baseline.key }}
    {{- end }}
  {{- if or (not $isCapture) .Values.state.enabled .Values.gpu.enabled .Values.env }}
  env:
    {{- if $isCapture }}
    {{- /* A capture holds no connection that could be waited for. */}}
    {{- else if .Values.native }}
    # The model has ended when the signal comes: nothing is left to wait for.
    - name: MODELTAP_DRAIN_TIMEOUT
      value: {{ $drain.timeout | default "5s" | toYaml }}
    {{- else }}
    # The signal comes while the cluster still sends connections: accept them for a while. Delay and timeout together
    # stay below the 30 seconds of terminationGracePeriodSeconds; raise that when you raise them.
    - name: MODELTAP_DRAIN_DELAY
      value: {{ $drain.delay | default "5s" | toYaml }}
    - name: MODELTAP_DRAIN_TIMEOUT
      value: {{ $drain.timeout | default "20s" | toYaml }}
    {{- end }}
    {{- if .Values.state.enabled }}
    - name: MODELTAP_STATE_DIRECTORY
      value: /var/lib/modeltap
    {{- end }}
    {{- if .Values.gpu.enabled }}
    - name: MODELTAP_RESOURCES_GPU
      value: 'on'
    - name: NVIDIA_VISIBLE_DEVICES
      value: all
    - name: NVIDIA_DRIVER_CAPABILITIES
      value: utility
    {{- end }}
    {{- with .Values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  ports:
    {{- if not $isCapture }}
    - name: modeltap
      containerPort: {{ int .Values.ports.data }}
      protocol: TCP
    {{- range $index, $listener := .Values.listeners }}
    - name: modeltap-{{ add $index 2 }}
      containerPort: {{ int $listener.data }}
      protocol: TCP
    {{- end }}
    {{- end }}
    - name: modeltap-admin
      containerPort: {{ $admin }}
      protocol: TCP
  {{- /* The model waits for no watcher, and is not taken out of service for it. */}}
  {{- if and .Values.native (not $isCapture) }}
  # Nothing else of the pod starts before this one answers, so it asks the sidecar only for itself.
  startupProbe:
    httpGet:
      path: /healthz
      port: {{ $admin }}
    periodSeconds: 1
    timeoutSeconds: 1
    failureThreshold: 30
  {{- end }}
  {{- if not $isCapture }}
  readinessProbe:
    httpGet:
      path: /healthz
      port: {{ $admin }}
    periodSeconds: 5
    timeoutSeconds: 2
    failureThreshold: 3
    successThreshold: 1
  {{- end }}
  livenessProbe:
    httpGet:
      path: /healthz
      port: {{ $admin }}
    initialDelaySeconds: 10
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    {{- if .Values.securityContext.runAsUser }}
    runAsUser: {{ int .Values.securityContext.runAsUser }}
    runAsGroup: {{ int .Values.securityContext.runAsUser }}
    {{- end }}
    {{- if not $isCapture }}
    allowPrivilegeEscalation: false
    {{- end }}
    readOnlyRootFilesystem: true
    capabilities:
      drop:
        - ALL
      {{- if $isCapture }}
      # Not with allowPrivilegeEscalation: false: the kernel would ignore the file capability of tcpdump.
      add:
        - NET_RAW
      {{- end }}
    seccompProfile:
      type: RuntimeDefault
  {{- with include "modeltap.volumeMounts" . }}
  volumeMounts:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "modeltap.volumeMounts" -}}
{{- $mounts := list -}}
{{- if include "modeltap.configMapName" . -}}
{{- $mounts = append $mounts (dict "name" "modeltap-config" "mountPath" "/etc/modeltap" "readOnly" true) -}}
{{- end -}}
{{- if .Values.baseline.existingConfigMap -}}
{{- $mounts = append $mounts (dict "name" "modeltap-baseline" "mountPath" "/etc/modeltap-baseline" "readOnly" true) -}}
{{- end -}}
{{- if .Values.state.enabled -}}
{{- $mounts = append $mounts (dict "name" "modeltap-state" "mountPath" "/var/lib/modeltap") -}}
{{- end -}}
{{- if $mounts }}{{ toYaml $mounts }}{{ end -}}
{{- end -}}

{{- define "modeltap.volumes" -}}
{{- $volumes := list -}}
{{- if include "modeltap.configMapName" . -}}
{{- $volumes = append $volumes (dict "name" "modeltap-config" "configMap" (dict "name" (include "modeltap.configMapName" .))) -}}
{{- end -}}
{{- if .Values.baseline.existingConfigMap -}}
{{- $volumes = append $volumes (dict "name" "modeltap-baseline" "configMap" (dict "name" .Values.baseline.existingConfigMap)) -}}
{{- end -}}
{{- if .Values.state.enabled -}}
{{- $volumes = append $volumes (dict "name" "modeltap-state" "emptyDir" (dict "sizeLimit" .Values.state.sizeLimit)) -}}
{{- end -}}
{{- if $volumes }}{{ toYaml $volumes }}{{ end -}}
{{- end -}}
