/* Assertions of the programs beside this file: each says where it failed and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);       \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

/* Says that the test may look, and goes on once it has. */
#define LET_THE_TEST_LOOK()                                                       \
    do {                                                                          \
        printf("ready\n");                                                        \
        fflush(stdout);                                                           \
        CHECK(getchar() == '\n');                                                 \
    } while (0)

#endif
