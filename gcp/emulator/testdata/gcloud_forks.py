"""Runs many gcloud commands in one start of gcloud.

To load gcloud takes longer than most commands. It is loaded once here, from the
folder of its library that is the one argument, and each command runs in a fork:
with an environment, a folder and files of its own, as if started anew.

Each line of standard input is a command as JSON: args, env, dir and stdin. Each
is answered by a line: exit, stdout and stderr.
"""

import json
import os
import signal
import sys
import tempfile

LIMIT = 120  # seconds, after which a command is ended

sys.path.insert(0, sys.argv[1])
import gcloud  # noqa: E402 (it is in that folder)

gcloud._fix_google_module()
gcloud._import_gcloud_main()

for line in iter(sys.stdin.readline, ""):
    command = json.loads(line)
    files = [tempfile.TemporaryFile() for _ in range(3)]
    files[0].write(command["stdin"].encode())
    files[0].seek(0)
    pid = os.fork()
    if pid == 0:
        signal.alarm(LIMIT)
        for n, file in enumerate(files):
            os.dup2(file.fileno(), n)
        os.chdir(command["dir"])
        os.environ.clear()
        os.environ.update(command["env"])
        sys.argv = ["gcloud"] + command["args"]
        gcloud.main()
    _, status = os.waitpid(pid, 0)
    for file in files:
        file.seek(0)
    _, stdout, stderr = (file.read().decode(errors="replace") for file in files)
    answer = {"exit": os.waitstatus_to_exitcode(status), "stdout": stdout, "stderr": stderr}
    print(json.dumps(answer), flush=True)
