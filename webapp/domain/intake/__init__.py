"""Data in, the pure part: bytes to rows, another system's columns to ours, and each row to facts or to named refusals.

csv_reading    one file's bytes to rows
mapping        a column mapping as data;   mapping_reading   its YAML
translation    files and a mapping to raw records, in order of reference
row_checks     raw records to checked rows, or rejections by a named rule
rules          every rule by which a row is refused, with its sentence
format_page    docs/csv-format.md, made from the record types and the rules
"""
