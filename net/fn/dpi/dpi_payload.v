// dpi_payload.v - where the payload of TCP or UDP begins in packets, as their
// beats pass by, and how long their headers say it is.  C body: dpi_payload.h.
//
// The bytes are taken two later, as words of bytes 4k-2 to 4k+1, so that every
// field lies whole in one word, and a payload begins with one:
//
//   word  3 4 5  ethertype in the lower half; 4 and 5 behind VLAN tags
//         +1 +2 +3   IPv4: version, IHL, total length; fragment; protocol
//         +1 +2      IPv6: version; length, next header
//         then       to the payload of UDP, or TCP's data offset
//
// One word after the other goes through one state machine.  It knows more than
// four bytes ahead of the payload.
`default_nettype none
module dpi_payload #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // packets as they pass by; 'beat' is valid && ready
    input  wire           beat,
    input  wire [W-1:0]   tdata,
    input  wire [W/8-1:0] tkeep,
    input  wire           tlast,
    input  wire           error,        // not Ethernet: has none
    // what is known a clock after a beat, of its packet and up to it
    output wire           known,        // there is one
    output wire           none,         // there is none
    output wire [7:0]     origin,       // byte where it begins
    output wire [15:0]    bytes,        // its length
    output wire           more          // more beats follow
);
    reg  [7:0]  start_q;
    reg  [15:0] rest_q;
    reg         mid_q;
    assign origin = start_q;
    assign bytes  = rest_q;
    assign more   = mid_q;

    localparam N = W / 32;              // words a beat

    localparam ST_TYPE  = 3'd0;         // up to the ethertype
    localparam ST_IP_0  = 3'd1;         // the words of an IP header
    localparam ST_IP_1  = 3'd2;
    localparam ST_IP_2  = 3'd3;
    localparam ST_SKIP  = 3'd4;         // up to TCP's data offset
    localparam ST_TCP   = 3'd5;
    localparam ST_KNOWN = 3'd6;
    localparam ST_NONE  = 3'd7;

    localparam [7:0] TCP = 8'd6, UDP = 8'd17;

    reg [2:0]  st_q;
    reg [5:0]  idx_q;                   // words before, of this packet
    reg [4:0]  skip_q;                  // words to skip
    reg        v6_q;
    reg [3:0]  ihl_q;
    reg [15:0] half_q;                  // last two bytes of the beat before

    wire [W-1:0] words;
    wire [N-1:0] whole;

    function [31:0] in_order(input [31:0] x);
        in_order = {x[7:0], x[15:8], x[23:16], x[31:24]};
    endfunction

    genvar g;
    generate
        for (g = 0; g < N; g = g + 1) begin : word
            if (g == 0) begin : first
                assign words[31:0] = in_order({tdata[15:0], half_q});
                assign whole[0]    = mid_q && tkeep[1];
            end else begin : next
                assign words[g*32 +: 32] = in_order(tdata[g*32-16 +: 32]);
                assign whole[g]          = tkeep[g*4+1];
            end
        end
    endgenerate

    integer    k;
    reg [2:0]  st;
    reg [5:0]  idx;
    reg [4:0]  skip;
    reg        v6;
    reg [3:0]  ihl;
    reg [7:0]  start;
    reg [15:0] rest;
    reg [31:0] w;
    reg [7:0]  proto;
    reg [4:0]  between;                 // words up to the header of TCP or UDP
    reg [5:0]  header;                  // bytes of a header
    reg        names;                   // the word names the protocol

    always @* begin
        st      = mid_q ? st_q : error ? ST_NONE : ST_TYPE;
        idx     = mid_q ? idx_q : 6'd0;
        skip    = skip_q;
        v6      = v6_q;
        ihl     = ihl_q;
        start   = mid_q ? start_q : 8'd0;
        rest    = rest_q;
        w       = 32'd0;
        proto   = 8'd0;
        between = 5'd0;
        header  = 6'd0;
        names   = 1'b0;
        for (k = 0; k < N; k = k + 1) begin
            w       = words[k*32 +: 32];
            proto   = v6 ? w[15:8] : w[23:16];
            between = v6 ? 5'd8 : {1'b0, ihl} - 5'd3;
            names   = st == ST_IP_2 || (st == ST_IP_1 && v6);
            header  = {st == ST_TCP ? w[31:28] : w[27:24], 2'd0};
            if (whole[k])
                case (st)
                    ST_TYPE:
                        if (idx >= 6'd3) begin
                            v6 = w[15:0] == 16'h86dd;
                            if (v6 || w[15:0] == 16'h0800)
                                st = ST_IP_0;
                            else if ((w[15:0] != 16'h8100 && w[15:0] != 16'h88a8)
                                     || idx == 6'd5)
                                st = ST_NONE;
                        end
                    ST_IP_0: begin
                        st   = ST_IP_1;
                        ihl  = w[27:24];
                        rest = w[15:0] - {10'd0, header};
                        if (v6 ? w[31:28] != 4'd6
                               : w[31:28] != 4'd4 || ihl < 4'd5 || w[15:0] < {10'd0, header})
                            st = ST_NONE;
                    end
                    ST_IP_1:
                        if (v6)
                            rest = w[31:16];
                        else
                            st = w[12:0] == 13'd0 ? ST_IP_2 : ST_NONE;
                    ST_IP_2: ;          // see below
                    ST_SKIP: begin
                        skip = skip - 5'd1;
                        if (skip == 5'd0)
                            st = ST_TCP;
                    end
                    ST_TCP: begin
                        start = {idx - 6'd3 + {2'd0, w[31:28]}, 2'd0} - 8'd2;
                        st    = w[31:28] < 4'd5 || rest < {10'd0, header} ? ST_NONE : ST_KNOWN;
                        rest  = rest - {10'd0, header};
                    end
                    default: ;
                endcase
            if (whole[k] && names) begin
                skip  = between + 5'd3;
                start = {idx + 6'd3 + {1'b0, between}, 2'd0} - 8'd2;
                st    = proto == TCP ? ST_SKIP
                      : proto == UDP && rest >= 16'd8 ? ST_KNOWN : ST_NONE;
                rest  = rest - (proto == UDP ? 16'd8 : 16'd0);
            end
            idx = idx + 6'd1;
        end
    end

    assign known = st_q == ST_KNOWN;
    assign none  = st_q == ST_NONE;

    // Bytes come in pairs, so every second bit of tkeep says it all.
    wire unused = &{1'b0, tkeep};

    always @(posedge clk) begin
        if (beat) begin
            mid_q   <= !tlast;
            half_q  <= tdata[W-16 +: 16];
            st_q    <= st;
            idx_q   <= idx;
            skip_q  <= skip;
            v6_q    <= v6;
            ihl_q   <= ihl;
            start_q <= start;
            rest_q  <= rest;
        end
        if (rst)
            mid_q <= 1'b0;
    end
endmodule
`default_nettype wire
