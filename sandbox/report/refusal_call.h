/* sandbox/report/refusal_call.h: what would permit a system call that the filter refused. */
#ifndef SANDBOX_REPORT_REFUSAL_CALL_H
#define SANDBOX_REPORT_REFUSAL_CALL_H

/* The option, and its price; both NULL where none would. Static storage. */
const char *refusal_call_option(const char *name, const char **ret_price);

#endif
