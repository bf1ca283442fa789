"""The mock, which waits for no request longer than a second: ``python -m tests.support.impatient_mock``."""

import sys

from mockserver.command.cli import main
from mockserver.http import protocol as http_protocol
from mockserver.release.http import server as http_server

http_protocol.SECONDS_TO_ARRIVE = http_server.SECONDS_TO_READ = 1
sys.exit(main())
