import { installLeakGuard } from './leak-guard.js';

installLeakGuard();
