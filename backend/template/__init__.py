"""Go templates as Ollama uses them: the language, the variables, known formats, and which template wins."""
