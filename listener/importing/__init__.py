"""Reading posts from files: each module takes one step, `listener.collectors.files` puts them together.

opening        a path into bytes, and bytes into numbered lines of text
detect         which format those bytes are
table, json_values, parquet     records, each with the line it starts on
columns        a record's columns into the fields of our own format
times          what people write for a time
networks       a network's own JSON, told by its shape
rows, rejects  what is read, and the file of what could not be used
facts          facts instead of posts: a package of its own
"""
