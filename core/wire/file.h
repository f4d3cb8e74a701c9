/*
 * file.h - records in a file that only grows: 8 bytes that say what it is, then
 * for each record its length and CRC-32C, 32 bits little-endian each, and its
 * CBOR.  A file that ends within a record, as after a crash, is whole up to
 * there.
 */
#ifndef CORE_WIRE_FILE_H
#define CORE_WIRE_FILE_H

#include "core/wire/record.h"

#define WIRE_MAGIC "PTWIN\x01\r\n"

struct wire_writer;
struct wire_reader;

/*
 * Opens 'path' for writing, new; or, with 'append' and when it is there, behind
 * its last whole record: what follows that is cut off.  ERR_BAD_INPUT when it
 * is another kind of file, ERR_IO, ERR_NO_MEM; the message has been printed.
 */
int wire_create(const char *path, bool append, struct wire_writer **out);

/*
 * Takes a record; it is in the file after wire_flush(), or earlier.  ERR_IO,
 * not printed, when the disk has no room: the file then ends with a whole
 * record, this one is not taken, earlier ones still wait, and a later call
 * tries again.  ERR_NO_MEM.
 */
int wire_put(struct wire_writer *w, const struct wire_record *r);

/* Writes what waits; with 'sync' it is on the disk after that.  ERR_IO. */
int wire_flush(struct wire_writer *w, bool sync);

/* Bytes of the file, with what waits. */
uint64_t wire_bytes(const struct wire_writer *w);

/* Flushes; ERR_IO when not all could be written.  Takes NULL. */
int wire_close(struct wire_writer *w);

/* True when the file begins as one of these. */
bool wire_is_file(const char *path);

/* ERR_BAD_INPUT when it cannot be read or is another kind of file, printed. */
int wire_open(const char *path, struct wire_reader **out);

/*
 * The next record; what '*r' points to is the reader's until its next call.  1;
 * 0 at the end, also when the last record is cut; ERR_BAD_INPUT at a record
 * that is damaged, printed; the end comes after that.  ERR_NO_MEM.
 */
int wire_get(struct wire_reader *f, struct wire_record *r);

/*
 * At the end: goes on with what has been written since the file was opened.
 * False when nothing has, and nobody has it open for writing, so that nothing
 * will; true does not promise that there is more by now.
 */
bool wire_follow(struct wire_reader *f);

/* Bytes behind the last whole record that are none; known at the end. */
uint64_t wire_cut(const struct wire_reader *f);

void wire_reader_close(struct wire_reader *f); /* takes NULL */

#endif
