# User: userName eq "Jane.Doe@example.org"
t."key_userName" = $1
-- ["jane.doe@example.org"]

# User: externalId eq "42"
t."key_externalId" = $1
-- ["42"]

# User: id eq "2819c223-7f76-453a-919d-413861904646"
t.id = $1
-- ["2819c223-7f76-453a-919d-413861904646"]

# User: userName sw "ja"
(t."key_userName" collate "C" >= $1 and t."key_userName" collate "C" < $2)
-- ["ja","jb"]

# User: userName co "doe"
strpos((t.search ->> $1::text), $2) > 0
-- ["userName","doe"]

# User: userName ew ".org"
right((t.search ->> $1::text), 4) = $2
-- ["userName",".org"]

# User: displayName ne "Jane"
((t.search ->> $1::text) is null or (t.search ->> $2::text) <> $3)
-- ["displayName","displayName","jane"]

# User: title pr
((t.search -> $1::text) is not null and coalesce((t.search ->> $2::text), 'x') <> '')
-- ["title","title"]

# User: name.familyName eq "Doe"
(t.search ->> $1::text) = $2
-- ["name.familyName","doe"]

# User: active eq false
(t.search ->> $1::text) = $2
-- ["active","false"]

# User: meta.lastModified gt "2024-01-01T00:00:00Z"
t.modified collate "C" > $1
-- ["2024-01-01T00:00:00"]

# User: emails.value eq "jane@example.org"
t.id in ( select v.id from "Users_values" v where v.path = $1 and v.value = $2)
-- ["emails.value","jane@example.org"]

# User: emails[type eq "work" and value co "@example.org"]
exists (select 1 from jsonb_array_elements(t.search -> $1::text) with ordinality as e(value, ordinal) where 1 = 1 and (((e.value ->> $2::text) = $3) and (strpos((e.value ->> $4::text), $5) > 0)))
-- ["emails","type","work","value","@example.org"]

# User: emails[not (type eq "home")]
exists (select 1 from jsonb_array_elements(t.search -> $1::text) with ordinality as e(value, ordinal) where 1 = 1 and ((((e.value ->> $2::text) = $3) is not true)))
-- ["emails","type","home"]

# User: groups.value eq "g1"
exists (select 1 from "Groups_members" m where m.value = t.id and m.id = $1)
-- ["g1"]

# User: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Tour Operations"
(t.search ->> $1::text) = $2
-- ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","tour operations"]

# User: not (userName eq "jane" or title pr)
(((t."key_userName" = $1) is not true)) and (((((t.search -> $2::text) is not null and coalesce((t.search ->> $3::text), 'x') <> '')) is not true))
-- ["jane","title","title"]

# User: userName sw "j" and (active eq true or emails.type eq "work")
((t."key_userName" collate "C" >= $1 and t."key_userName" collate "C" < $2)) and ((((t.search ->> $3::text) = $4) or (exists (select 1 from jsonb_array_elements(t.search -> $5::text) with ordinality as e(value, ordinal) where 1 = 1 and (e.value ->> $6::text) = $7))))
-- ["j","k","active","true","emails","type","work"]

# Group: displayName eq "Tour Guides"
t."key_displayName" = $1
-- ["tour guides"]

# Group: members.value eq "u1"
t.id in (select m.id from "Groups_members" m where m.value = $1)
-- ["u1"]

# Group: members[value eq "u1"] and displayName sw "Tour"
((t.id in (select m.id from "Groups_members" m where m.value = $1) and exists (select 1 from "Groups_members" m where m.id = t.id and (m.value = $2)))) and ((t."key_displayName" collate "C" >= $3 and t."key_displayName" collate "C" < $4))
-- ["u1","u1","tour","tous"]
