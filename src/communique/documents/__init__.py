"""Articles from files and web pages; see `article_reader`."""
