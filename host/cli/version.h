/* version.h - of this program; CHANGELOG.md says what is in it. */
#ifndef HOST_CLI_VERSION_H
#define HOST_CLI_VERSION_H

#define PRECAST_VERSION "0.1.0"

#endif
