{{/*
The variables of the service. Everything is gathered in one place, as JSON, since templates hand
over nothing but text:
  plain      NAME → value
  secret     NAME → value, for the Secret of the release
  reference  NAME → {name, key, optional} of a Secret of somebody else
  given      the entries of `environment` that are neither, as they are
What `environment` names comes first, then `config`, then the values of their own.
*/}}
{{- define "scim.environment" -}}
{{- $values := .Values -}}
{{- $plain := dict "NODE_ENV" "production" "PORT" "8000" "DATA_PATH" "/data/scim" -}}
{{- $secret := dict -}}
{{- $reference := dict -}}
{{- $given := list -}}

{{- with $values.auth -}}
{{- if .existingSecret -}}
{{- range $name := list "API_KEY" "API_KEY_READ" "API_KEY_HASHES" "TENANTS" "CURSOR_SECRET" "CURSOR_SECRET_OTHER" -}}
{{- $_ := set $reference $name (dict "name" $values.auth.existingSecret "key" $name "optional" true) -}}
{{- end -}}
{{- end -}}
{{- if .apiKey }}{{ $_ := set $secret "API_KEY" .apiKey }}{{ end -}}
{{- if .apiKeyRead }}{{ $_ := set $secret "API_KEY_READ" .apiKeyRead }}{{ end -}}
{{- if .tenants }}{{ $_ := set $secret "TENANTS" (toJson .tenants) }}{{ end -}}
{{- if .cursorSecret }}{{ $_ := set $secret "CURSOR_SECRET" .cursorSecret }}{{ end -}}
{{- end -}}

{{- $type := $values.backend.type -}}
{{- $sources := dict
  "sql" (dict "name" "DATABASE_URL" "value" $values.backend.sql.url "of" $values.backend.sql)
  "mongo" (dict "name" "MONGO_DB" "value" $values.backend.mongo.url "of" $values.backend.mongo)
  "ldap" (dict "name" "LDAP_PASSWORD" "value" $values.backend.ldap.password "of" $values.backend.ldap)
  "jumpcloud" (dict "name" "JUMPCLOUD_KEY" "value" $values.backend.jumpcloud.key "of" $values.backend.jumpcloud)
  "scim" (dict "name" "FORWARD_SCIM_KEY" "value" $values.backend.scim.key "of" $values.backend.scim)
  "amqp" (dict "name" "AMQP" "value" $values.amqp.url "of" $values.amqp) -}}
{{- range $source := list $type "amqp" -}}
{{- with get $sources $source -}}
{{- if .of.existingSecret -}}
{{- $_ := set $reference .name (dict "name" .of.existingSecret "key" .of.existingSecretKey) -}}
{{- else if .value -}}
{{- $_ := set $secret .name .value -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if eq $type "sql" -}}
{{- with $values.backend.sql.poolSize }}{{ $_ := set $plain "DATABASE_POOL_SIZE" . }}{{ end -}}
{{- with $values.backend.sql.timeout }}{{ $_ := set $plain "DATABASE_TIMEOUT" . }}{{ end -}}
{{- else if eq $type "mongo" -}}
{{- with $values.backend.mongo.database }}{{ $_ := set $plain "MONGO_DATABASE" . }}{{ end -}}
{{- else if eq $type "ldap" -}}
{{- with $values.backend.ldap -}}
{{- if .hostname }}{{ $_ := set $plain "LDAP_HOSTNAME" .hostname }}{{ end -}}
{{- if .basename }}{{ $_ := set $plain "LDAP_BASENAME" .basename }}{{ end -}}
{{- if .username }}{{ $_ := set $plain "LDAP_USERNAME" .username }}{{ end -}}
{{- if .startTls }}{{ $_ := set $plain "LDAP_STARTTLS" true }}{{ end -}}
{{- if .layout }}{{ $_ := set $plain "LDAP_LAYOUT" .layout }}{{ end -}}
{{- if .client }}{{ $_ := set $plain "LDAP_CLIENT" .client }}{{ end -}}
{{- if .memberOf }}{{ $_ := set $plain "LDAP_MEMBEROF" true }}{{ end -}}
{{- if .userAttributes }}{{ $_ := set $plain "LDAP_USER_ATTRIBUTES" .userAttributes }}{{ end -}}
{{- if .groupAttributes }}{{ $_ := set $plain "LDAP_GROUP_ATTRIBUTES" .groupAttributes }}{{ end -}}
{{- end -}}
{{- else if eq $type "jumpcloud" -}}
{{- with $values.backend.jumpcloud.url }}{{ $_ := set $plain "JUMPCLOUD_URL" . }}{{ end -}}
{{- with $values.backend.jumpcloud.org }}{{ $_ := set $plain "JUMPCLOUD_ORG" . }}{{ end -}}
{{- else if eq $type "scim" -}}
{{- with $values.backend.scim.url }}{{ $_ := set $plain "FORWARD_SCIM_URL" . }}{{ end -}}
{{- end -}}

{{- with $values.amqp.queue }}{{ $_ := set $plain "QUEUE" . }}{{ end -}}
{{- with $values.amqp.exchange }}{{ $_ := set $plain "AMQP_EXCHANGE" . }}{{ end -}}
{{- if not $values.amqp.assert }}{{ $_ := set $plain "AMQP_ASSERT" false }}{{ end -}}
{{- if $values.tls.enabled -}}
{{- $_ := set $plain "TLS_CERT" "/tls/tls.crt" -}}
{{- $_ := set $plain "TLS_KEY" "/tls/tls.key" -}}
{{- end -}}
{{- if $values.schemas }}{{ $_ := set $plain "SCHEMA_PATH" "/schemas" }}{{ end -}}

{{- range $name, $value := $values.config -}}
{{- if include "scim.isSecret" $name -}}
{{- fail (printf "\n\nconfig.%s: %s is a secret. Use the value of its own (auth, backend, amqp) or a Secret; see the chart's README." $name $name) -}}
{{- end -}}
{{- $_ := set $plain $name $value -}}
{{- end -}}

{{- range $entry := $values.environment -}}
{{- $name := $entry.name -}}
{{- range $group := list $plain $secret $reference }}{{ $_ := unset $group $name }}{{ end -}}
{{- if hasKey $entry "valueFrom" -}}
{{- $given = append $given $entry -}}
{{- else if include "scim.isSecret" $name -}}
{{- $_ := set $secret $name (include "scim.text" $entry.value) -}}
{{- else -}}
{{- $_ := set $plain $name $entry.value -}}
{{- end -}}
{{- end -}}

{{- range $name, $_ := $secret }}{{ $_ := unset $reference $name }}{{ end -}}
{{- dict "plain" $plain "secret" $secret "reference" $reference "given" $given | toJson -}}
{{- end }}

{{/* Not empty for the name of a variable that must not be seen. */}}
{{- define "scim.isSecret" -}}
{{- if and (regexMatch "(_KEY|_KEY_READ|_HASHES|_SECRET|_SECRET_OTHER|_PASSWORD|_TOKEN|TENANTS)$|^(OAUTH_CLIENTS|DATABASE_URL|MONGO_DB|REDIS_URL|AMQP)$" .) (ne . "TLS_KEY") -}}yes{{- end -}}
{{- end }}

{{/* A value as the text of a variable: objects become JSON, and large numbers keep their digits. */}}
{{- define "scim.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else if not (kindIs "invalid" .) }}{{ toJson . }}{{ end -}}
{{- end }}

{{/* The `env` of the container. */}}
{{- define "scim.env" -}}
{{- $environment := include "scim.environment" . | fromJson -}}
{{- range $name, $value := $environment.plain }}
- name: {{ $name }}
  value: {{ include "scim.text" $value | quote }}
{{- end }}
{{- range $name, $_ := $environment.secret }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "scim.fullname" $ }}
      key: {{ $name }}
{{- end }}
{{- range $name, $secret := $environment.reference }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret.name }}
      key: {{ $secret.key }}
      {{- if $secret.optional }}
      optional: true
      {{- end }}
{{- end }}
{{- range $environment.given }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}
