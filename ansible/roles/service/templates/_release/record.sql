-- Every change of what serves, from the hosts' deploys.jsonl; `record` is a line as it stands there.
create schema if not exists shoestring;
create table if not exists shoestring.deploys (
  id uuid primary key,
  host text not null,
  action text not null,
  release text not null,
  at timestamptz not null,
  record jsonb not null
);
insert into shoestring.deploys (id, host, action, release, at, record)
select (line ->> 'id')::uuid, line ->> 'host', line ->> 'action', line ->> 'release', (line ->> 'at')::timestamptz, line
from jsonb_array_elements(:'lines'::jsonb) as line
on conflict (id) do nothing;
