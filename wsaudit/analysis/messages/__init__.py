"""Messages: what comes in over sockets, how it is told apart, and who looks at it.

`held.messages` tells which messages an expression is (a part of), `validation` what a
validator made of them, `payloads.shapes` what a message that is sent says it is.
`dispatches.dispatches` are the places that tell messages apart, `rest.rest_of` goes
through their code once for each kind and once for none of them. `trusting.takings` are
the uses that rely on a part, `vetting.vetting` what has looked at it before, and
`leaving.leaving` where messages go out of sight.
"""
