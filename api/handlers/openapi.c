/* SPDX-License-Identifier: Apache-2.0 */
/* GET /openapi.json: the file docs/openapi.json, compiled in. */
#include "request.h"
#include "schuilnaam/embedded.h"

extern const struct embedded_file openapi_files[];

void handle_openapi(struct request *r)
{
    out_put(&r->out, (const char *)openapi_files[0].data, openapi_files[0].len);
    request_answer(r);
}
