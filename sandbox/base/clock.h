/* sandbox/base/clock.h: the time since the machine started, for deadlines and durations.
 *
 * Monotonic: no one sets it, and it stands still while the machine is suspended, so that a
 * deadline does not pass in a closed laptop. What is printed is CLOCK_REALTIME, elsewhere.
 */
#ifndef SANDBOX_BASE_CLOCK_H
#define SANDBOX_BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_now_ms(void);
uint64_t clock_now_us(void);

#endif
