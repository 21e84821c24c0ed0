-- Cells as a reader last corrected them. The row as it arrived stays in `raw`, whatever is tried with it.

alter table quarantine_row add column mended jsonb;
