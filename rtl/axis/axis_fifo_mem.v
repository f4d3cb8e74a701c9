// axis_fifo_mem.v - the memory of axis_fifo: one write port, one registered read
// port.  A word written in one clock may be read in the next; what is read in the
// same clock is unknown, which lets yosys use block RAM as it is.
`default_nettype none
module axis_fifo_mem #(
    parameter W    = 32,                // word width in bits
    parameter LOG2 = 5                  // 2^LOG2 words
) (
    input  wire            clk,
    input  wire            we,
    input  wire [LOG2-1:0] waddr,
    input  wire [W-1:0]    wdata,
    input  wire            re,
    input  wire [LOG2-1:0] raddr,
    output reg  [W-1:0]    rdata_q
`ifdef FORMAL
    // a second look, for the proof of axis_fifo
    ,
    input  wire [LOG2-1:0] f_addr,
    output wire [W-1:0]    f_word
`endif
);
    (* no_rw_check *)
    reg [W-1:0] mem [0:(1<<LOG2)-1];

    always @(posedge clk) begin
        if (we)
            mem[waddr] <= wdata;
        if (re)
            rdata_q <= mem[raddr];
    end

`ifdef FORMAL
    assign f_word = mem[f_addr];
`endif
endmodule
`default_nettype wire
