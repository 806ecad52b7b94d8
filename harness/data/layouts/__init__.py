"""Sources for data in folders, one file a layout. An entry names one of their functions and needs no code."""
