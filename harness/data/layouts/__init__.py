"""Sources for data in folders of one's own, one file a layout: an entry names one of their functions, its `files` and
`args`, and needs no code.
"""
