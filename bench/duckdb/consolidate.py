"""The consolidation of a run as a DuckDB user would write it: many reports in, one ordered CSV and one ordered, typed Parquet file out,
and the controls held against the typed rows.

Usage: consolidate.py REPORTS OUT, where REPORTS holds accounts.csv, raw/<account id>.csv and controls.sql. Prints JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

reports, out = sys.argv[1:3]
connection = duckdb.connect()
connection.execute("SET threads = 1")
connection.execute("SET preserve_insertion_order = false")

DATES = (
    "user_creation_time password_last_used password_last_changed password_next_rotation "
    "access_key_1_last_rotated access_key_1_last_used_date access_key_2_last_rotated access_key_2_last_used_date "
    "cert_1_last_rotated cert_2_last_rotated"
).split()
BOOLEANS = "password_enabled mfa_active access_key_1_active access_key_2_active cert_1_active cert_2_active".split()

# With its columns named DuckDB need not guess them in each file, and with a table it reads the files once.
with open(next(Path(reports, "raw").iterdir()), encoding="utf-8") as first:
    columns = {name: "VARCHAR" for name in first.readline().rstrip("\n").split(",")}

started = time.perf_counter()
connection.execute(
    f"""
    CREATE TEMP TABLE rows AS
    SELECT account_id, account_name, ou_path, report_generated_time, run_id, r.* EXCLUDE (filename)
    FROM read_csv('{reports}/raw/*.csv', auto_detect = false, header = true, columns = {columns}, delim = ',', quote = '"',
                  filename = true) AS r
    JOIN read_csv('{reports}/accounts.csv', header = true, all_varchar = true) AS a
      ON a.account_id = regexp_extract(r.filename, '([0-9]+)\\.csv$', 1)
    """
)
read_done = time.perf_counter()
connection.execute(f"COPY (SELECT * FROM rows ORDER BY account_id) TO '{out}/duckdb.csv' (FORMAT csv, HEADER)")
csv_done = time.perf_counter()
typed = ", ".join(
    [f"try_cast({name} AS TIMESTAMPTZ) AS {name}" for name in DATES]
    + [f"try_cast({name} AS BOOLEAN) AS {name}" for name in BOOLEANS]
)
connection.execute(
    f"COPY (SELECT * REPLACE ({typed}) FROM rows ORDER BY account_id) TO '{out}/duckdb.parquet' (FORMAT parquet)"
)
parquet_done = time.perf_counter()
findings_sql = Path(reports, "controls.sql").read_text(encoding="utf-8")
connection.execute(f"COPY ({findings_sql}) TO '{out}/duckdb.json' (FORMAT json)")
controls_done = time.perf_counter()
rows = connection.execute(f"SELECT count(*) FROM '{out}/duckdb.parquet'").fetchone()[0]
findings = connection.execute(f"SELECT count(*) FROM read_json('{out}/duckdb.json')").fetchone()[0]
print(
    json.dumps(
        {
            "version": duckdb.__version__,
            "rows": rows,
            "seconds": round(controls_done - started, 2),
            "readSeconds": round(read_done - started, 2),
            "csvSeconds": round(csv_done - read_done, 2),
            "parquetSeconds": round(parquet_done - csv_done, 2),
            "controlsSeconds": round(controls_done - parquet_done, 2),
            "findings": findings,
            "peakMiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    )
)
