"""What the schema `service` offers and asks, as the database itself says: older code notices the difference.

Not judged: what a new trigger does, an update of rows, rights on single columns, and how long a lock is held.
"""

from __future__ import annotations

from typing import NamedTuple

import psycopg

_RELATIONS = """
    with relation as (
        select c.*, c.relkind in ('r', 'p', 'f') as stored, case c.relkind when 'S' then 'sequence'
            when 'v' then 'view' when 'm' then 'view' when 'c' then 'type' else 'table' end as kind
        from pg_class c
        where c.relnamespace = to_regnamespace('service') and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c')
    ), attribute as (
        select a.*, r.relname, r.stored, format('column %s.%s', r.relname, a.attname) as title,
            a.atthasdef or a.attidentity <> '' or t.typdefault is not null as filled,
            a.attnotnull or t.typnotnull as never_null
        from relation r join pg_attribute a on a.attrelid = r.oid join pg_type t on t.oid = a.atttypid
        where a.attnum > 0 and not a.attisdropped and r.relkind <> 'S'
    ), uniqueness as (
        select i.*, r.relname, format(
            'unique %s in %s', regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING \\w+ ', ''), r.relname) as title
        from relation r join pg_index i on i.indrelid = r.oid where i.indisunique
    )
"""

# (whose, what, identity): one no longer there takes something away. A view made anew is the same; a table is not.
_OFFERS = """
    select relname, kind || ' ' || relname, case when kind = 'view' then '' else oid::text end from relation
    union all
    select relname, title || ' of type ' || format_type(atttypid, atttypmod),
        case when stored then attrelid || '.' || attnum else '' end from attribute
    union all
    select relname, 'default of ' || title, '' from attribute where filled
    union all -- `on conflict` needs it
    select relname, title, '' from uniqueness where indimmediate and indisvalid
    union all -- truncated, or rewritten under a lock that also keeps readers out
    select relname, format('rows of table %s, which it empties or rewrites', relname), relfilenode::text
        from relation where relkind = 'r'
    union all
    select relname, format('rows of table %s, which it deletes', relname), coalesce(
            pg_stat_get_xact_tuples_deleted(oid), 0)::text from relation where relkind = 'r'
    union all
    select relname, format('right %s on %s for %s', privilege_type, relname,
            case grantee when 0 then 'all' else pg_get_userbyid(grantee) end), ''
        from relation, aclexplode(coalesce(relacl, acldefault(
            (case relkind when 'S' then 's' else 'r' end)::"char", relowner)))
        where relkind <> 'c'
    union all
    select '', format('right %s on the schema for %s', privilege_type,
            case grantee when 0 then 'all' else pg_get_userbyid(grantee) end), ''
        from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) where nspname = 'service'
    union all
    select relname, format('trigger %s on %s', tgname, relname), ''
        from relation r join pg_trigger t on t.tgrelid = r.oid where not tgisinternal and tgenabled <> 'D'
    union all
    select '', format('function %s(%s)', proname, pg_get_function_identity_arguments(oid))
            || coalesce(' returning ' || pg_get_function_result(oid), ''), ''
        from pg_proc where pronamespace = to_regnamespace('service')
    union all
    select typname, 'type ' || typname, oid::text
        from pg_type where typnamespace = to_regnamespace('service') and typtype in ('e', 'd')
    union all
    select typname, format('value %L of type %s', enumlabel, typname), ''
        from pg_enum e join pg_type t on t.oid = e.enumtypid where typnamespace = to_regnamespace('service')
"""

# (identity of what must have been there before, what): a new one refuses what older code may write.
_DEMANDS = """
    select attrelid::text, 'a value given for ' || title from attribute where stored and never_null and not filled
    union all
    select attrelid || '.' || attnum, 'no null in ' || title from attribute where stored and never_null
    union all
    select attrelid || '.' || attnum, 'no value given for ' || title
        from attribute where stored and (attgenerated <> '' or attidentity = 'a')
    union all
    select indrelid::text, title from uniqueness
    union all -- what was not valid for old rows did already hold for new ones
    select r.oid::text, replace(pg_get_constraintdef(c.oid), ' NOT VALID', '') || ' in ' || relname
        from relation r join pg_constraint c on c.conrelid = r.oid where contype in ('c', 'f', 'x')
    union all
    select t.oid::text, replace(pg_get_constraintdef(c.oid), ' NOT VALID', '') || ' in type ' || typname
        from pg_type t join pg_constraint c on c.contypid = t.oid
        where typnamespace = to_regnamespace('service') and contype = 'c'
    union all
    select oid::text, 'row security in ' || relname from relation where relrowsecurity
    union all
    select oid::text, 'row security also for the owner of ' || relname from relation where relforcerowsecurity
"""


class Catalog(NamedTuple):
    """One look at the schema `service`: {(whose, what, identity)} and {(identity, what)}."""

    offers: frozenset[tuple[str, str, str]]
    demands: frozenset[tuple[str, str]]


def look(connection: psycopg.Connection) -> Catalog:
    """The schema as this transaction sees it, its own changes included."""
    offers = connection.execute((_RELATIONS + _OFFERS).encode()).fetchall()
    demands = connection.execute((_RELATIONS + _DEMANDS).encode()).fetchall()
    return Catalog(frozenset(offers), frozenset(demands))


def narrowed(before: Catalog, after: Catalog) -> list[str]:
    """What code written for `before` can't count on in `after`, in words; empty when it goes on working."""
    lost = before.offers - after.offers
    # Of a table that is gone nothing else is said.
    gone = {whose for whose, what, _ in lost if what.split(" ", 1)[1] == whose}
    existed = {identity for _, _, identity in before.offers}
    reasons = [f"takes away: {what}" for whose, what, _ in lost if whose not in gone or what.split(" ", 1)[1] == whose]
    reasons += [f"newly asks: {what}" for identity, what in after.demands - before.demands if identity in existed]
    return sorted(reasons, key=lambda reason: (": table " not in reason, reason))
