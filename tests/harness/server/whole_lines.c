/*
 * Preloaded into the servers of the tests: what they log, they write at once. Kamailio has its standard error unbuffered, and
 * there glibc 2.37 and later write what is longer than 128 bytes in pieces, so that the lines of several processes mix.
 */
#undef _FORTIFY_SOURCE
#include <stdarg.h>
#include <stdio.h>

static int print(FILE *stream, const char *format, va_list values)
{
	char text[128 * 1024];
	int length;

	if(stream != stderr)
		return vfprintf(stream, format, values);
	length = vsnprintf(text, sizeof(text), format, values);
	if(length > 0)
		fwrite(text, 1, length < (int)sizeof(text) ? length : (int)sizeof(text) - 1, stream);
	return length;
}

int fprintf(FILE *stream, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = print(stream, format, values);
	va_end(values);
	return length;
}

/* The same, in a server that is built with _FORTIFY_SOURCE. */
int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
	va_list values;
	int length;

	(void)flag;
	va_start(values, format);
	length = print(stream, format, values);
	va_end(values);
	return length;
}
