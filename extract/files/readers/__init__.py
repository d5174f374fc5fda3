"""CSV, XLSX and Parquet files -> sheets."""
