{{/* The pod of the service, the same in a Deployment and in a StatefulSet. */}}
{{- define "scim.pod" -}}
{{- $plan := include "scim.plan" . | fromJson -}}
metadata:
  labels:
    {{- include "scim.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/secret: {{ (include "scim.environment" . | fromJson).secret | toJson | sha256sum }}
    checksum/schemas: {{ toJson .Values.schemas | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "scim.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- if .Values.topologySpreadConstraints }}
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "scim.selectorLabels" . | nindent 10 }}
    {{- end }}
  containers:
    - name: scim
      image: {{ include "scim.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      ports:
        - name: http
          containerPort: {{ include "scim.port" . }}
          protocol: TCP
      env:
        {{- include "scim.env" . | trim | nindent 8 }}
      {{- with .Values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- range $probe := list "startupProbe" "livenessProbe" "readinessProbe" }}
      {{- with deepCopy (get $.Values $probe) }}
      {{- if and $.Values.tls.enabled .httpGet }}
      {{- $_ := set .httpGet "scheme" "HTTPS" }}
      {{- end }}
      {{ $probe }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- with .Values.shutdownDelaySeconds }}
      lifecycle:
        preStop:
          exec:
            command: [node, -e, "setTimeout(() => {}, {{ . }} * 1000)"]
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if not $plan.brought }}
        - name: data
          mountPath: {{ $plan.mountPath }}
        {{- end }}
        {{- if .Values.schemas }}
        - name: schemas
          mountPath: /schemas
          readOnly: true
        {{- end }}
        {{- if .Values.tls.enabled }}
        - name: tls
          mountPath: /tls
          readOnly: true
        {{- end }}
        {{- with .Values.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
    {{- if and $plan.volume .Values.persistence.existingClaim (not $plan.brought) }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .Values.persistence.existingClaim }}
    {{- else if not (or $plan.claims $plan.brought) }}
    - name: data
      emptyDir: {}
    {{- end }}
    {{- if .Values.schemas }}
    - name: schemas
      configMap:
        name: {{ include "scim.fullname" . }}-schemas
        items:
          {{- range $path, $_ := .Values.schemas }}
          - key: {{ $path | replace "/" "." }}
            path: {{ $path }}
          {{- end }}
    {{- end }}
    {{- if .Values.tls.enabled }}
    - name: tls
      secret:
        secretName: {{ required "tls.secretName is needed with tls.enabled" .Values.tls.secretName }}
        defaultMode: 0440
    {{- end }}
    {{- with .Values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "scim.port" -}}
{{- $environment := include "scim.environment" . | fromJson -}}
{{- int $environment.plain.PORT -}}
{{- end }}

{{/* Prefix of the endpoints, without a slash at the end. */}}
{{- define "scim.basePath" -}}
{{- $environment := include "scim.environment" . | fromJson -}}
{{- $path := toString (default "" (get $environment.plain "BASE_PATH")) | trimAll "/" -}}
{{- if $path }}/{{ $path }}{{ end -}}
{{- end }}
