"""The mock, which waits for no request longer than a second: ``python -m tests.impatient_mock``."""

import sys

from mockserver import http_protocol
from mockserver.cli import main
from mockserver.release import http_server

http_protocol.SECONDS_TO_ARRIVE = http_server.SECONDS_TO_READ = 1
sys.exit(main())
