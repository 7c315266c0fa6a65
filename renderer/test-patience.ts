import { configure } from '@testing-library/react';

// Set up before the tests of the page: shared build machines stall for seconds, and the default second would be a measurement.
configure({ asyncUtilTimeout: 20_000 });
