/* What postmark calls and WASI's libc lacks. */
#ifdef __wasi__
#include <unistd.h>

char *getwd(char *buffer) { return getcwd(buffer, 1024); }

/* There is no shell, which is how postmark is told to run none. */
int system(const char *command) {
  (void)command;
  return -1;
}
#endif
