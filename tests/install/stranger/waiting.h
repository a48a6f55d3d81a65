/* What the program below does with greenio, in a library. */
int wait_a_little(void); /* 0 */
int ask_nowhere(void);   /* the status for a URL that no client takes */
