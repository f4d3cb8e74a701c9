// net_ram.v - a table's memory: one write port, one registered read port.  A
// word written in one clock is read in the next; what is read in the same clock
// is unknown.  yosys makes it block RAM, and no logic around it.
`default_nettype none
module net_ram #(
    parameter W    = 32,                // word width in bits
    parameter LOG2 = 8                  // 2^LOG2 words
) (
    input  wire            clk,
    input  wire            we,
    input  wire [LOG2-1:0] waddr,
    input  wire [W-1:0]    wdata,
    input  wire            re,
    input  wire [LOG2-1:0] raddr,
    output reg  [W-1:0]    rdata_q
);
    (* no_rw_check *)
    reg [W-1:0] mem [0:(1<<LOG2)-1];

    // All entries are free at power-up; a reset does not clear them.
    integer k;
    initial
        for (k = 0; k < (1 << LOG2); k = k + 1)
            mem[k] = {W{1'b0}};

    always @(posedge clk) begin
        if (we)
            mem[waddr] <= wdata;
        if (re)
            rdata_q <= mem[raddr];
    end
endmodule
`default_nettype wire
