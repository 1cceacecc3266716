"""Tie a program to the life of the process that starts it, lay root down, and become that program.

Run by its path, `python -I -S leash.py PARENT DEATH ACCOUNT FOLDER PROGRAM [ARGUMENT…]`, so that
nothing else is imported:

- PARENT: the pid that starts us; if it is gone already, nothing is started.
- DEATH: the number of the signal that the program gets when its parent dies. Linux only (prctl(2),
  PR_SET_PDEATHSIG); elsewhere the next start finds what was left running.
- ACCOUNT: `uid:gid` to become, or `-`.
- PROGRAM: a path; nothing is searched, nor imported, once root is laid down.
- FOLDER: the working directory, entered before root is laid down, so its parents may be closed to the
  account; or `-`.

Exit code 126 with one line on stderr when any of this fails.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
CANNOT = 126  # what a shell answers for a program that cannot be run


def become(arguments: list[str]) -> None:
    """Do as the module says; return only by an OSError or a ValueError."""
    parent, death, account, folder, *program = arguments
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)  # a shell's `&` hands SIGINT down as ignored
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if folder != "-":
        os.chdir(folder)
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid, which clears it; before asking who the parent is, or a death in between would go unseen.
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death)) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != int(parent):
        raise ProcessLookupError(0, "the process that started this is gone")
    os.execv(program[0], program)  # noqa: S606 - becoming the program is the purpose; no shell is wanted


if __name__ == "__main__":
    try:
        become(sys.argv[1:])
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"FATAL: cannot run {' '.join(sys.argv[5:6])}: {problem}\n")
        sys.exit(CANNOT)
