"""Reports: what a period was like, in plain words, charts and tables, as PDF, HTML or a workbook.

    asked -> make.report_of -> Report (report.py) -> pdf.py, html.py, workbook.py

A report prints what metrics returns and computes nothing. Of one snapshot of the database and a period that is over, it is the same to the byte
whenever it is made.
"""
