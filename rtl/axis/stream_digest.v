// stream_digest.v - digest of a stream as its beats pass by: 32 bits that depend
// on every bit of every item and on their order.  C body: core/digest.h.
//
// A multiple-input signature register (P. H. Bardell et al., 1987) over 32-bit
// words, advanced by eight steps a word, of x^32 + x^22 + x^2 + x + 1.  The same
// for every W.  Bytes that are not there count as 0; into the last word of a
// packet goes its tuser and how many bytes the word has.
`default_nettype none
module stream_digest #(
    parameter W = 64                    // stream width in bits, a multiple of 32
) (
    input  wire           clk,
    input  wire           rst,
    input  wire           packets,      // else samples: tuser, tlast do not count
    // the stream as it passes by; 'beat' is valid && ready
    input  wire           beat,
    input  wire [W-1:0]   tdata,
    input  wire [W/8-1:0] tkeep,
    input  wire [47:0]    tuser,
    input  wire           tlast,
    output reg  [31:0]    digest_q
);
    localparam N = W / 32;              // words a beat

    // Eight steps at once: none of the bits fed back is fed back again.
    function [31:0] steps(input [31:0] s);
        steps = {s[23:0], 8'd0} ^ {24'd0, s[31:24]} ^ {23'd0, s[31:24], 1'b0}
              ^ {22'd0, s[31:24], 2'b0} ^ {2'd0, s[31:24], 22'd0};
    endfunction

    wire [31:0] user = tuser[31:0] ^ {5'd0, tuser[47:32], 11'd0};

    integer    k;
    reg [31:0] sum;
    reg [31:0] w;
    reg [3:0]  keep;
    reg        ends;                    // this is the last word there is

    always @* begin
        sum = digest_q;
        for (k = 0; k < N; k = k + 1) begin
            keep = tkeep[k*4 +: 4];
            ends = tlast && packets && (k == N - 1 || !tkeep[(k+1) % N * 4]);
            w    = tdata[k*32 +: 32]
                 & {{8{keep[3]}}, {8{keep[2]}}, {8{keep[1]}}, {8{keep[0]}}};
            if (ends)
                w = w ^ user ^ {keep[2], ^keep[3:1], 30'd0};
            if (keep[0] || k == 0)
                sum = steps(sum) ^ w;
        end
    end

    always @(posedge clk) begin
        if (beat)
            digest_q <= sum;
        if (rst)
            digest_q <= 32'd0;
    end
endmodule
`default_nettype wire
