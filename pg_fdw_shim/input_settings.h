/*-------------------------------------------------------------------------
 *
 * input_settings.h
 *	  Settings that decide what a text means to an input function.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_INPUT_SETTINGS_H
#define DATRANG_INPUT_SETTINGS_H

/* May the type's input function read a text by the session's settings? */
extern bool input_depends_on_settings(Oid typid);

/*
 * Makes the settings those the sidecar's texts were written with.  Answers
 * what input_settings_end() takes, 0 when the settings are right already.
 */
extern int	input_settings_begin(void);
extern void input_settings_end(int level);

#endif							/* DATRANG_INPUT_SETTINGS_H */
