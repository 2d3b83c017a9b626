"""Reading facts from files: each module takes one step, `reading` puts them together.

sheets       a CSV, XLSX or JSON file into columns and numbered rows
headings     what well-known tools call their columns, and networks
mapping      which column is which field or fact
amounts      what people and programs write for a number, told from the whole column
currencies   ISO 4217, and the signs of currencies
influencers  what they write for an influencer
days         what they write for a day
looking      what the columns mean, told from all rows
cells        a row's cells as days, numbers, money, scores
making       a row into facts
"""
