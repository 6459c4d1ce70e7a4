import resource
import subprocess
import sys

_RAISE = """
import resource
from drift.limits import allow_many_files
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
assert allow_many_files() == hard
assert allow_many_files() == hard
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    done = subprocess.run([sys.executable, "-c", _RAISE], capture_output=True, text=True, check=True)
    assert int(done.stdout) == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
