# User: userName eq "Jane.Doe@example.org"
t.`key_userName` = ?
-- ["jane.doe@example.org"]

# User: externalId eq "42"
t.`key_externalId` = ?
-- ["42"]

# User: id eq "2819c223-7f76-453a-919d-413861904646"
t.id = ?
-- ["2819c223-7f76-453a-919d-413861904646"]

# User: userName sw "ja"
(t.`key_userName` >= ? and t.`key_userName` < ?)
-- ["ja","jb"]

# User: userName co "doe"
instr((json_value(t.search, ?) collate utf8mb4_nopad_bin), ?) > 0
-- ["$.\"userName\"","doe"]

# User: userName ew ".org"
right((json_value(t.search, ?) collate utf8mb4_nopad_bin), 4) = ?
-- ["$.\"userName\"",".org"]

# User: displayName ne "Jane"
((json_value(t.search, ?) collate utf8mb4_nopad_bin) is null or (json_value(t.search, ?) collate utf8mb4_nopad_bin) <> ?)
-- ["$.\"displayName\"","$.\"displayName\"","jane"]

# User: title pr
(json_exists(t.search, ?) and coalesce((json_value(t.search, ?) collate utf8mb4_nopad_bin), 'x') <> '')
-- ["$.\"title\"","$.\"title\""]

# User: name.familyName eq "Doe"
(json_value(t.search, ?) collate utf8mb4_nopad_bin) = ?
-- ["$.\"name.familyName\"","doe"]

# User: active eq false
(json_value(t.search, ?) collate utf8mb4_nopad_bin) = ?
-- ["$.\"active\"","false"]

# User: meta.lastModified gt "2024-01-01T00:00:00Z"
t.modified > ?
-- ["2024-01-01T00:00:00"]

# User: emails.value eq "jane@example.org"
t.id in ( select v.id from `Users_values` v where v.path = ? and v.value = ?)
-- ["emails.value","jane@example.org"]

# User: emails[type eq "work" and value co "@example.org"]
exists (select 1 from json_table(json_extract(t.search, ?), '$[*]' columns (ordinal for ordinality, value json path '$')) as e where 1 = 1 and (((json_value(e.value, ?) collate utf8mb4_nopad_bin) = ?) and (instr((json_value(e.value, ?) collate utf8mb4_nopad_bin), ?) > 0)))
-- ["$.\"emails\"","$.\"type\"","work","$.\"value\"","@example.org"]

# User: emails[not (type eq "home")]
exists (select 1 from json_table(json_extract(t.search, ?), '$[*]' columns (ordinal for ordinality, value json path '$')) as e where 1 = 1 and ((((json_value(e.value, ?) collate utf8mb4_nopad_bin) = ?) is not true)))
-- ["$.\"emails\"","$.\"type\"","home"]

# User: groups.value eq "g1"
exists (select 1 from `Groups_members` m where m.value = t.id and m.id = ?)
-- ["g1"]

# User: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Tour Operations"
(json_value(t.search, ?) collate utf8mb4_nopad_bin) = ?
-- ["$.\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\"","tour operations"]

# User: not (userName eq "jane" or title pr)
(((t.`key_userName` = ?) is not true)) and ((((json_exists(t.search, ?) and coalesce((json_value(t.search, ?) collate utf8mb4_nopad_bin), 'x') <> '')) is not true))
-- ["jane","$.\"title\"","$.\"title\""]

# User: userName sw "j" and (active eq true or emails.type eq "work")
((t.`key_userName` >= ? and t.`key_userName` < ?)) and ((((json_value(t.search, ?) collate utf8mb4_nopad_bin) = ?) or (exists (select 1 from json_table(json_extract(t.search, ?), '$[*]' columns (ordinal for ordinality, value json path '$')) as e where 1 = 1 and (json_value(e.value, ?) collate utf8mb4_nopad_bin) = ?))))
-- ["j","k","$.\"active\"","true","$.\"emails\"","$.\"type\"","work"]

# Group: displayName eq "Tour Guides"
t.`key_displayName` = ?
-- ["tour guides"]

# Group: members.value eq "u1"
t.id in (select m.id from `Groups_members` m where m.value = ?)
-- ["u1"]

# Group: members[value eq "u1"] and displayName sw "Tour"
((t.id in (select m.id from `Groups_members` m where m.value = ?) and exists (select 1 from `Groups_members` m where m.id = t.id and (m.value = ?)))) and ((t.`key_displayName` >= ? and t.`key_displayName` < ?))
-- ["u1","u1","tour","tous"]
