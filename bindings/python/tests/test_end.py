"""The end of a program, while a thread of the SDK still tells an answer."""

import subprocess
import sys
import unittest
from pathlib import Path

PROGRAM = """
import asyncio, threading, time
import chitty

told = asyncio.BaseEventLoop.call_soon_threadsafe

def slowly(loop, *args, **more):
    handle = told(loop, *args, **more)
    if isinstance(threading.current_thread(), threading._DummyThread):
        print("tells", flush=True)
        time.sleep(0.3)
        print("told", flush=True)
    return handle

asyncio.BaseEventLoop.call_soon_threadsafe = slowly

async def main():
    client = await chitty.Client.open("http://127.0.0.1:1", "key", automatic=False)
    try:
        await client.request_id("GEN", "I")
    except chitty.ChittyError:
        print("failed", flush=True)

asyncio.run(main())
"""


class End(unittest.TestCase):
    def test_the_end_waits_for_what_is_being_told(self):
        folder = Path(__file__).parents[1]
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, timeout=60
        )
        lines = run.stdout.split()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("failed", lines)
        self.assertGreater(lines.count("tells"), 0, "a thread of the SDK tells the answer")
        self.assertEqual(lines.count("told"), lines.count("tells"))


if __name__ == "__main__":
    unittest.main()
