// acl_match_store.v - rows of a bit a rule, one for each value of some bits of a key.  A
// row is read without a register, so that a memory of LUTs holds it.
`default_nettype none
module acl_match_store #(
    parameter N     = 256,              // rules
    parameter LOG2  = 4,                // 2^LOG2 rows
    parameter FIRST = 1'b1,             // at power-up all bits of row 0,
    parameter REST  = 1'b1              // ... and of the others
) (
    input  wire            clk,
    input  wire            re,          // else 'row' is anything: no key, no work
    input  wire            we,
    input  wire [LOG2-1:0] at,
    input  wire [N-1:0]    one,         // the bit that is written
    input  wire            fits,        // ... and what it becomes
    output wire [N-1:0]    row
);
    reg [N-1:0] mem [0:(1<<LOG2)-1];
    integer     v;

    initial
        for (v = 0; v < 1 << LOG2; v = v + 1)
            mem[v] = {N{v == 0 ? FIRST : REST}};

    always @(posedge clk)
        if (we)
            mem[at] <= (mem[at] & ~one) | (one & {N{fits}});

    assign row = re ? mem[at] : {N{1'bx}};
endmodule
`default_nettype wire
