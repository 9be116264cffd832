// Writes test/fixtures/protocol/<version>.json: run it when messages between processes change, and with
// each release (`npm run record`).

import { writeRecording } from './protocol-recording.ts';

writeRecording();
