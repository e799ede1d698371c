"""What a runner is: one child process that holds one loaded model and speaks llama-server's HTTP.

`llama` is the entry point inside the child, `process` its life as the parent sees it, `stream` the client that
reads its tokens. Whatever engine is inside, the daemon sees only these.
"""
