/* Copyright (c) 2026 baremetal.gpu contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stand-in for libnvidia-ml.so: answers from the state that the simulated kernel wrote. In a container only cards with a device node count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX 32
typedef unsigned int u;
typedef unsigned long long ull;
enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, UNSUPPORTED = 3, NOT_FOUND = 6, SHORT = 7, NO_DRIVER = 9, TIMED_OUT = 10, MISMATCH = 18 };

struct card { u minor; char bus[32], uuid[64], serial[32], model[32], name[96], cc[8]; ull mib, reserved; u arch, mig, device, subsystem; };
struct pci { char legacy[16]; u domain, bus, device, id, subsystem; char full[32]; };
struct memory { ull total, free, used; };
struct memory2 { u version; ull total, reserved, free, used; };
struct fabric { unsigned char cluster[16]; u status, clique; unsigned char state; };

static struct card cards[MAX];
static u count;
static char driver[32];
static int ready;

static int load(void)
{
    char line[1024], path[256];
    FILE *f = fopen("/run/silicon/state", "r");
    if (!f) {
        snprintf(path, sizeof path, "/usr/lib/x86_64-linux-gnu/libnvidia-silicon.so.%s", VERSION);
        f = fopen(path, "r");
    }
    if (!f) {
        snprintf(path, sizeof path, "/usr/lib64/libnvidia-silicon.so.%s", VERSION);
        f = fopen(path, "r");
    }
    count = 0;
    driver[0] = 0;
    if (!f)
        return NO_DRIVER;
    while (fgets(line, sizeof line, f)) {
        char *field[16] = {0}, *rest = line;
        int n = 0;
        line[strcspn(line, "\n")] = 0;
        while (n < 16 && (field[n] = strsep(&rest, "\t")))
            n++;
        if (n > 1 && !strcmp(field[0], "driver"))
            snprintf(driver, sizeof driver, "%s", field[1]);
        if (n > 13 && !strcmp(field[0], "gpu") && count < MAX) {
            struct card *c = &cards[count];
            char node[64];
            c->minor = atoi(field[1]);
            snprintf(node, sizeof node, "/dev/nvidia%u", c->minor);
            if (access(node, F_OK))
                continue;
            snprintf(c->bus, sizeof c->bus, "0000%s", field[2]);
            snprintf(c->uuid, sizeof c->uuid, "%s", field[3]);
            snprintf(c->serial, sizeof c->serial, "%s", field[4]);
            snprintf(c->model, sizeof c->model, "%s", field[5]);
            snprintf(c->name, sizeof c->name, "%s", field[6]);
            snprintf(c->cc, sizeof c->cc, "%s", field[7]);
            c->mib = strtoull(field[8], 0, 10);
            c->arch = atoi(field[9]);
            c->mig = atoi(field[10]);
            c->device = strtoul(field[11], 0, 16);
            c->subsystem = strtoul(field[12], 0, 16);
            c->reserved = strtoull(field[13], 0, 10);
            count++;
        }
    }
    fclose(f);
    if (!driver[0])
        return NO_DRIVER;
    return strcmp(driver, VERSION) ? MISMATCH : OK;
}

static int text(char *to, u size, const char *from)
{
    if (strlen(from) + 1 > size)
        return SHORT;
    strcpy(to, from);
    return OK;
}
#define CARD struct card *c = d; if (!ready) return UNINITIALIZED; if (!c) return INVALID

/* Counted, as the real library counts: a caller's shutdown leaves the others' initialisation. */
int nvmlInit_v2(void) { int rc = ready ? OK : load(); if (rc == OK) ready++; return rc; }
int nvmlInit(void) { return nvmlInit_v2(); }
int nvmlInitWithFlags(u flags) { (void)flags; return nvmlInit_v2(); }
int nvmlShutdown(void) { if (!ready) return UNINITIALIZED; ready--; return OK; }
const char *nvmlErrorString(int rc)
{
    switch (rc) {
    case OK: return "Success";
    case UNINITIALIZED: return "Uninitialized";
    case INVALID: return "Invalid Argument";
    case UNSUPPORTED: return "Not Supported";
    case NOT_FOUND: return "Not Found";
    case SHORT: return "Insufficient Size";
    case NO_DRIVER: return "Driver Not Loaded";
    case TIMED_OUT: return "Timeout";
    case MISMATCH: return "Driver/library version mismatch";
    default: return "Unknown Error";
    }
}
int nvmlSystemGetDriverVersion(char *to, u size) { return ready ? text(to, size, driver) : UNINITIALIZED; }
int nvmlSystemGetNVMLVersion(char *to, u size) { return text(to, size, "13." VERSION); }
int nvmlSystemGetCudaDriverVersion(int *v) { *v = CUDA; return OK; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = CUDA; return OK; }
int nvmlDeviceGetCount_v2(u *n) { if (!ready) return UNINITIALIZED; *n = count; return OK; }
int nvmlDeviceGetCount(u *n) { return nvmlDeviceGetCount_v2(n); }
int nvmlDeviceGetHandleByIndex_v2(u i, void **d) { if (!ready) return UNINITIALIZED; if (i >= count) return INVALID; *d = &cards[i]; return OK; }
int nvmlDeviceGetHandleByIndex(u i, void **d) { return nvmlDeviceGetHandleByIndex_v2(i, d); }
int nvmlDeviceGetHandleByUUID(const char *uuid, void **d)
{
    if (!ready) return UNINITIALIZED;
    for (u i = 0; i < count; i++)
        if (!strcmp(cards[i].uuid, uuid)) { *d = &cards[i]; return OK; }
    return NOT_FOUND;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **d)
{
    if (!ready) return UNINITIALIZED;
    for (u i = 0; i < count; i++)
        if (strlen(bus) > 4 && !strcasecmp(cards[i].bus + 4, bus + (strlen(bus) > 12 ? 4 : 0))) { *d = &cards[i]; return OK; }
    return NOT_FOUND;
}
int nvmlDeviceGetHandleByPciBusId(const char *bus, void **d) { return nvmlDeviceGetHandleByPciBusId_v2(bus, d); }
int nvmlDeviceGetIndex(void *d, u *i) { CARD; *i = c - cards; return OK; }
int nvmlDeviceGetMinorNumber(void *d, u *i) { CARD; *i = c->minor; return OK; }
int nvmlDeviceGetUUID(void *d, char *to, u size) { CARD; return text(to, size, c->uuid); }
int nvmlDeviceGetName(void *d, char *to, u size) { CARD; return text(to, size, c->name); }
int nvmlDeviceGetSerial(void *d, char *to, u size) { CARD; return text(to, size, c->serial); }
int nvmlDeviceGetBrand(void *d, u *b) { CARD; *b = strncmp(c->name, "Tesla", 5) ? 14 : 2; return OK; }
int nvmlDeviceGetArchitecture(void *d, u *a) { CARD; *a = c->arch; return OK; }
int nvmlDeviceGetCudaComputeCapability(void *d, int *major, int *minor) { CARD; *major = atoi(c->cc); *minor = atoi(strchr(c->cc, '.') + 1); return OK; }
int nvmlDeviceGetMemoryInfo(void *d, struct memory *m) { CARD; m->total = c->mib << 20; m->used = c->reserved << 20; m->free = m->total - m->used; return OK; }
int nvmlDeviceGetMemoryInfo_v2(void *d, struct memory2 *m) { CARD; m->total = c->mib << 20; m->reserved = c->reserved << 20; m->used = 0; m->free = m->total - m->reserved; return OK; }
int nvmlDeviceGetPciInfo_v3(void *d, struct pci *p)
{
    CARD;
    memset(p, 0, sizeof *p);
    snprintf(p->legacy, sizeof p->legacy, "%s", c->bus + 4);
    snprintf(p->full, sizeof p->full, "%s", c->bus);
    sscanf(c->bus, "%x:%x:%x", &p->domain, &p->bus, &p->device);
    p->id = c->device << 16 | 0x10de;
    p->subsystem = c->subsystem << 16 | 0x10de;
    return OK;
}
int nvmlDeviceGetPciInfo(void *d, struct pci *p) { return nvmlDeviceGetPciInfo_v3(d, p); }
int nvmlDeviceGetPciInfo_v2(void *d, struct pci *p) { return nvmlDeviceGetPciInfo_v3(d, p); }
int nvmlDeviceGetMigMode(void *d, u *now, u *next) { CARD; if (!c->mig) return UNSUPPORTED; *now = *next = 0; return OK; }
int nvmlDeviceGetMaxMigDeviceCount(void *d, u *n) { CARD; *n = c->mig ? 7 : 0; return OK; }
int nvmlDeviceGetMigDeviceHandleByIndex(void *d, u i, void **m) { (void)d; (void)i; (void)m; return NOT_FOUND; }
int nvmlDeviceIsMigDeviceHandle(void *d, u *is) { (void)d; *is = 0; return OK; }
int nvmlDeviceGetVirtualizationMode(void *d, u *mode) { CARD; *mode = 0; return OK; }
int nvmlDeviceGetGpuFabricInfo(void *d, struct fabric *f) { CARD; memset(f, 0, sizeof *f); return OK; }
int nvmlDeviceGetMemoryAffinity(void *d, u size, unsigned long *set, u scope) { CARD; (void)scope; memset(set, 0, size * sizeof *set); if (size) set[0] = 1; return OK; }
int nvmlDeviceGetCpuAffinity(void *d, u size, unsigned long *set) { CARD; memset(set, 0, size * sizeof *set); if (size) set[0] = 3; return OK; }
int nvmlDeviceGetNumaNodeId(void *d, u *n) { CARD; *n = 0; return OK; }
int nvmlDeviceGetTopologyCommonAncestor(void *a, void *b, u *level) { (void)a; (void)b; *level = 50; return OK; }
int nvmlDeviceGetNvLinkState(void *d, u link, u *on) { CARD; (void)link; (void)on; return UNSUPPORTED; }
int nvmlDeviceGetNvLinkRemotePciInfo_v2(void *d, u link, struct pci *p) { CARD; (void)link; (void)p; return UNSUPPORTED; }
int nvmlDeviceGetP2PStatus(void *a, void *b, u index, u *status) { (void)a; (void)b; (void)index; *status = 0; return OK; }
int nvmlDeviceGetSupportedEventTypes(void *d, ull *types) { CARD; *types = 8; return OK; }
int nvmlDeviceRegisterEvents(void *d, ull types, void *set) { CARD; (void)types; (void)set; return OK; }
int nvmlEventSetCreate(void **set) { static int one; *set = &one; return OK; }
int nvmlEventSetFree(void *set) { (void)set; return OK; }
int nvmlEventSetWait_v2(void *set, void *data, u ms) { (void)set; (void)data; usleep(ms * 1000ull); return TIMED_OUT; }
int nvmlEventSetWait(void *set, void *data, u ms) { return nvmlEventSetWait_v2(set, data, ms); }
