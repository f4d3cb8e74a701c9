// pss_correlate_store.v - a memory with one port: a word is read or written a clock.
// Of 2^14 words of 32 bits yosys makes two single-port memories of an iCE40 UltraPlus.
`default_nettype none
module pss_correlate_store #(
    parameter W    = 32,                // word width in bits
    parameter LOG2 = 14                 // 2^LOG2 words
) (
    input  wire            clk,
    input  wire            en,
    input  wire            we,
    input  wire [LOG2-1:0] addr,
    input  wire [W-1:0]    wdata,
    output wire [W-1:0]    rdata        // of the last clock with 'en' and without 'we'
);
    (* no_rw_check *)
    reg [W-1:0] mem [0:(1<<LOG2)-1];
    reg [W-1:0] rdata_q;

    always @(posedge clk)
        if (en) begin
            if (we)
                mem[addr] <= wdata;
            else
                rdata_q <= mem[addr];
        end

    assign rdata = rdata_q;
endmodule
`default_nettype wire
