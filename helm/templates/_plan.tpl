{{/*
What follows from the values, as JSON, after everything that cannot work was refused:
  backend     the store that the service will choose, in the service's own order
  single      one process only
  volume      data or events have to outlive the pod
  claims      the chart asks for that volume itself
  dataPath, mountPath
*/}}
{{- define "scim.plan" -}}
{{- $environment := include "scim.environment" . | fromJson -}}
{{- $known := merge (dict) $environment.plain $environment.secret $environment.reference -}}
{{- range $environment.given }}{{ $_ := set $known .name . }}{{ end -}}

{{- $backend := "file" -}}
{{- range $choice := list
  (dict "name" "SCIM_FORWARD_URL" "backend" "scim")
  (dict "name" "FORWARD_SCIM_URL" "backend" "scim")
  (dict "name" "JUMPCLOUD_URL" "backend" "jumpcloud")
  (dict "name" "DATABASE_URL" "backend" "sql")
  (dict "name" "MONGO_DB" "backend" "mongo")
  (dict "name" "LDAP_HOSTNAME" "backend" "ldap") -}}
{{- if hasKey $known $choice.name }}{{ $backend = $choice.backend }}{{ end -}}
{{- end -}}
{{- if and (eq $backend "file") .Values.envFrom }}{{ $backend = .Values.backend.type }}{{ end -}}
{{- include "scim.refuseIncomplete" (dict "root" . "backend" $backend "known" $known) -}}

{{- $database := toString (get $environment.secret "DATABASE_URL") -}}
{{- $sqlite := and (eq $backend "sql") (hasPrefix "sqlite" $database) -}}
{{- $single := or (eq $backend "file") $sqlite -}}
{{- include "scim.refuseSeveral" (dict "root" . "single" $single "store" (ternary "A SQLite file is" "Flat files are" $sqlite)) -}}

{{- $journals := or (has $backend (list "ldap" "jumpcloud" "scim")) (and (eq $backend "mongo") (not .Values.backend.mongo.replicaSet)) -}}
{{- $volume := or $single (and (hasKey $known "AMQP") $journals) -}}
{{- if not (kindIs "invalid" .Values.persistence.enabled) }}{{ $volume = .Values.persistence.enabled }}{{ end -}}

{{- if and $volume .Values.persistence.existingClaim (or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1)) -}}
{{- fail "\n\nEvery replica keeps events in a journal of its own, on a volume of its own: leave persistence.existingClaim empty, or set replicaCount=1 and autoscaling.enabled=false." -}}
{{- end -}}

{{- $dataPath := toString $environment.plain.DATA_PATH -}}
{{- $mountPath := ternary "/data" $dataPath (or (eq $dataPath "/data") (hasPrefix "/data/" $dataPath)) -}}
{{- $brought := false -}}
{{- range .Values.volumeMounts -}}
{{- if or (eq .mountPath $dataPath) (hasPrefix (printf "%s/" (trimSuffix "/" .mountPath)) $dataPath) }}{{ $brought = true }}{{ end -}}
{{- end -}}
{{- $claims := and $volume (not $brought) (not .Values.persistence.existingClaim) -}}
{{- dict "backend" $backend "single" $single "volume" $volume "claims" $claims "brought" $brought "dataPath" $dataPath "mountPath" $mountPath | toJson -}}
{{- end }}

{{/* A key or a store that is missing. */}}
{{- define "scim.refuseIncomplete" -}}
{{- $values := .root.Values -}}
{{- $known := .known -}}
{{- $way := printf "Make a Secret with a key, and name it:\n\n  kubectl --namespace %s create secret generic scim-keys --from-literal=API_KEY=\"$(openssl rand -hex 32)\"\n  helm upgrade --install --namespace %s %s CHART --set auth.existingSecret=scim-keys\n" .root.Release.Namespace .root.Release.Namespace .root.Release.Name -}}
{{- $hasKey := false -}}
{{- range list "API_KEY" "API_KEY_FILE" "API_KEY_HASHES" "API_KEY_HASHES_FILE" "API_KEY_READ" "API_KEY_READ_FILE" "TENANTS" "TENANTS_FILE" "OIDC_ISSUER" -}}
{{- if hasKey $known . }}{{ $hasKey = true }}{{ end -}}
{{- end -}}
{{- if not (or $hasKey $values.envFrom) -}}
{{- fail (printf "\n\nThere is no key to let clients in. %s" $way) -}}
{{- end -}}
{{- if kindIs "string" (get $known "API_KEY") -}}
{{- range splitList "," $known.API_KEY -}}
{{- if has (trim .) (list "" "secret") -}}
{{- fail (printf "\n\nAPI_KEY is empty or the default key, which everybody knows. %s" $way) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if ne $values.backend.type "file" -}}
{{- $needs := dict
  "sql" "backend.sql.url or backend.sql.existingSecret"
  "mongo" "backend.mongo.url or backend.mongo.existingSecret"
  "ldap" "backend.ldap.hostname"
  "jumpcloud" "backend.jumpcloud.url"
  "scim" "backend.scim.url" -}}
{{- if eq .backend "file" -}}
{{- fail (printf "\n\nbackend.type=%s needs %s." $values.backend.type (get $needs $values.backend.type)) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .backend "jumpcloud") (not (hasKey $known "JUMPCLOUD_KEY")) (not $values.envFrom) -}}
{{- fail "\n\nJumpCloud asks for a key: set backend.jumpcloud.existingSecret (with JUMPCLOUD_KEY) or backend.jumpcloud.key." -}}
{{- end -}}
{{- end }}

{{/* Several processes on files that one process serves. */}}
{{- define "scim.refuseSeveral" -}}
{{- $values := .root.Values -}}
{{- if and .single (or $values.autoscaling.enabled (gt (int $values.replicaCount) 1)) -}}
{{- fail (printf "\n\n%s served by one process, and %s asks for more. Set replicaCount=1 and autoscaling.enabled=false, or keep the data in a server: backend.type=sql, mongo or ldap." .store (ternary "autoscaling.enabled" (printf "replicaCount=%d" (int $values.replicaCount)) $values.autoscaling.enabled)) -}}
{{- end -}}
{{- end }}
