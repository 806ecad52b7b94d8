"""Tables that are split over sections, joined again for a page where they are sorted and filtered as one."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from harness.findings.base import Column, Finding, Table
from harness.grouping import group_by
from harness.report.table_data import is_live


def joined_tables(finding: Finding) -> dict[str, Table]:
    """The tables that several sections have parts of and that a script takes over, by name.

    The optional columns in which the parts differ are shown; within a part each has one value.
    """
    parts = group_by((table for section in finding.sections for table in section.tables), lambda table: table.name)
    split = {name: tables for name, tables in parts.items() if len(tables) > 1 and any(map(_has_choices, tables))}
    whole = {name: table for name, table in finding.tables().items() if name in split}
    joined = {
        name: replace(table, columns=_distinguishing(table.columns, split[name])) for name, table in whole.items()
    }
    return {name: table for name, table in joined.items() if is_live(table)}


def _has_choices(table: Table) -> bool:
    return any(column.optional and column.title for column in table.columns)


def _distinguishing(columns: Sequence[Column], parts: Sequence[Table]) -> list[Column]:
    """The columns, of which as many optional ones are shown as make each part different from all others."""
    keys: list[tuple[Hashable, ...]] = [()] * len(parts)
    shown = []
    for column in columns:
        distinct = len(set(keys))
        if distinct == len(parts):
            break
        values = [{str(row.get(column.name)) for row in part.rows} for part in parts]
        if column.title and column.optional and all(len(each) <= 1 for each in values):
            more = [(*key, *each) for key, each in zip(keys, values, strict=True)]
            if len(set(more)) > distinct:
                keys = more
                shown.append(column.name)
    return [replace(column, optional=False) if column.name in shown else column for column in columns]
