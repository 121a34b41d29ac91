/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A terminal by the sequences that all of today's know: the alternate screen, the cursor, and
 * clearing of what is left of a line or below. Called by top.c, and by command.c before a message.
 * What signal handlers do here is what signal-safety(7) allows.
 */

#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

static struct termios before; // of `keys`
static bool keys;             // standard input is a terminal, too
static volatile sig_atomic_t is_open, redraw;
static sigset_t waiting; // mask while we wait

static void put(const char *text, size_t n)
{
	while (n > 0) {
		ssize_t written = write(STDOUT_FILENO, text, n);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			text += written;
			n -= (size_t)written;
		}
	}
}

static void enter(void)
{
	static const char text[] = "\033[?1049h\033[?25l";
	struct termios now = before;

	now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &now);
	put(text, sizeof(text) - 1);
	is_open = true;
}

void screen_close(void)
{
	static const char text[] = "\033[?25h\033[?1049l";

	if (!is_open)
		return;
	is_open = false;
	put(text, sizeof(text) - 1);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void on_end(int number)
{
	screen_close();
	if (number == SIGINT)
		_exit(EXIT_OK);
	signal(number, SIG_DFL);
	raise(number);
}

static void on_resize(int number)
{
	(void)number;
	redraw = true;
}

// Ctrl-Z: the shell gets the terminal as it knows it. The rest is for when we go on.
static void on_stop(int number)
{
	(void)number;
	screen_close();
	raise(SIGSTOP);
	enter();
	redraw = true;
}

bool screen_is_there(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && kind != NULL && kind[0] != '\0' &&
	       strcmp(kind, "dumb") != 0;
}

void screen_open(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_end, .sa_flags = SA_RESTART};
	sigset_t later;

	keys = tcgetattr(STDIN_FILENO, &before) == 0;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &action, NULL);
	action.sa_handler = on_resize;
	sigaction(SIGWINCH, &action, NULL);
	action.sa_handler = on_stop;
	sigaction(SIGTSTP, &action, NULL);
	// These come while we wait only, so that none falls between a drawing and the wait.
	sigemptyset(&later);
	sigaddset(&later, SIGWINCH);
	sigaddset(&later, SIGTSTP);
	sigprocmask(SIG_BLOCK, &later, &waiting);
	enter();
}

/** The octets of a text that fit into so many columns; a character is one wide. */
static size_t fitting(const char *text, size_t n, unsigned columns)
{
	size_t fits = 0;

	for (; fits < n; fits++) {
		if (((unsigned char)text[fits] & 0xc0) != 0x80 && columns-- == 0)
			break;
	}
	return fits;
}

// Cleared before: what is behind a line that is full is not the next column for every terminal.
static void print_line(FILE *to, unsigned line, const char *text, size_t n, unsigned columns)
{
	fprintf(to, "%s\033[K%.*s", line == 0 ? "" : "\r\n", (int)fitting(text, n, columns), text);
}

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

void screen_draw(const char *text)
{
	struct winsize size = {0};
	unsigned lines = count_lines(text), shown;
	char *frame = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&frame, &n);

	redraw = false;
	if (to == NULL)
		return;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	shown = lines <= size.ws_row ? lines : size.ws_row - 1u;
	fputs("\033[H", to);
	for (unsigned line = 0; line < shown; line++) {
		size_t length = strcspn(text, "\n");

		print_line(to, line, text, length, size.ws_col);
		text += length + 1;
	}
	if (shown < lines) {
		char more[64];
		int length = snprintf(
			more, sizeof(more), "%u more lines in a higher window", lines - shown);

		print_line(to, shown, more, (size_t)length, size.ws_col);
	} else if (lines < size.ws_row) {
		fputs(lines == 0 ? "\033[J" : "\r\n\033[J", to);
	}
	fclose(to);
	put(frame, n);
	free(frame);
}

static struct timespec left_until(uint64_t until_ns)
{
	struct timespec now;
	uint64_t now_ns, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	left = until_ns > now_ns ? until_ns - now_ns : 0;
	return (struct timespec){
		.tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000)};
}

enum screen_event screen_wait(uint64_t until_ns)
{
	struct pollfd input = {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};
	char key = 0;

	while (!redraw) {
		struct timespec left = left_until(until_ns);
		int n = ppoll(&input, 1, &left, &waiting);

		if (n == 0)
			return SCREEN_TIME;
		if (n < 0 && errno != EINTR)
			return SCREEN_QUIT;
		// The terminal may be gone: nothing can be read then.
		if (n > 0 && (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q'))
			return SCREEN_QUIT;
	}
	return SCREEN_REDRAW;
}
